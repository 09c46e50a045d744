/**
 * A cron expression of five fields as AWS writes it: six fields, days of the week from 1 (Sunday), and "?" in one of the
 * two fields for days.
 * @throws {Error} where both days are restricted: cron runs on either, AWS can say only one
 */
export function awsCron(expression: string): string {
  const [minute, hour, day = "*", month, weekday = "*"] = expression.trim().split(/\s+/);
  if (day !== "*" && weekday !== "*") {
    throw new Error(`"${expression}" names days of the month and of the week; AWS can follow only one of them`);
  }
  const days = weekday === "*" ? [day, "?"] : ["?", weekday.replaceAll(/(?<![/\d])\d+/g, awsWeekday)];
  return `cron(${minute} ${hour} ${days[0]} ${month} ${days[1]} *)`;
}

/** 0 and 7 are Sunday in cron; in AWS it is 1. A step, after "/", is a count and stays. */
const awsWeekday = (number: string): string => String((Number(number) % 7) + 1);
