/** Every function that SQLite brings, by what it is about. */
export const builtIn: Record<string, string[]> = {
  "Texts, numbers and choices": words(`abs changes char coalesce concat concat_ws format glob hex if ifnull iif instr
    last_insert_rowid length like likelihood likely load_extension lower ltrim max min nullif octet_length printf quote random
    randomblob replace round rtrim sign sqlite_compileoption_get sqlite_compileoption_used sqlite_log sqlite_source_id
    sqlite_version substr substring subtype total_changes trim typeof unhex unicode unistr unistr_quote unlikely upper zeroblob`),
  "Dates and times": words(
    `current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch`,
  ),
  Mathematics:
    words(`acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow
    power radians sin sinh sqrt tan tanh trunc`),
  JSON: words(`-> ->> json json_array json_array_insert json_array_length json_each json_error_position json_extract
    json_group_array json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set
    json_tree json_type json_valid jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object
    jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set`),
  Aggregates: words(
    "avg count group_concat max min median percentile percentile_cont percentile_disc string_agg sum total",
  ),
  Windows: words(`cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number`),
};

function words(text: string): string[] {
  return text.split(/\s+/);
}

/** Whether SQLite brings it; all others are functions that the application has given its connection, and the file does not hold. */
export const isBuiltIn = (name: string): boolean => Object.values(builtIn).some((names) => names.includes(name));
