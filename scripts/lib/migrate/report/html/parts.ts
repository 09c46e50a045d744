import { count } from "../../../cli/table.ts";
import { html, type Markup } from "./markup.ts";

/** How good a thing is: its colour, never without a word beside it. */
export type Tone = "good" | "warn" | "bad";

export const mark = (tone: Tone, word: string) => html`<span class="mark ${tone}">${word}</span>`;

/** @param head titles; one that begins with ">" is of numbers, and aligned to the right */
export function grid(head: string[], rows: (string | number | Markup)[][]): Markup {
  const numeric = head.map((title) => title.startsWith(">"));
  const titles = head.map(
    (title, i) => html`<th${numeric[i] === true && html` class="number"`}>${title.replace(/^>/, "")}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr>${row.map((cell, i) => html`<td${numeric[i] === true && html` class="number"`}>${cell}</td>`)}</tr>`,
  );
  return html`<div class="scroll"><table><thead><tr>${titles}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** So many as a browser shows without a pause. @param rest says of which it is the beginning: "tables" */
export function beginning<T>(list: T[], most: number, rest: string): { shown: T[]; note: Markup | false } {
  if (list.length <= most) return { shown: list, note: false };
  return {
    shown: list.slice(0, most),
    note: html`<p>The first ${count(most)} of ${count(list.length)} ${rest}; report.json lists all of them.</p>`,
  };
}

/** Horizontal bars, as long as their values. */
export function bars(rows: { name: string; value: number; shown: string }[]): Markup {
  const most = Math.max(...rows.map(({ value }) => value), 1);
  return html`<div class="bars">${rows.map(
    ({ name, value, shown }) =>
      html`<span>${name}</span><i class="${value === 0 ? "none" : ""}" style="width:${((100 * value) / most).toFixed(1)}%"></i><b>${shown}</b>`,
  )}</div>`;
}

export const code = (text: string) => html`<code>${text}</code>`;
export const block = (text: string) => html`<pre>${text}</pre>`;
