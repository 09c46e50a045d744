/** SQL that makes the file, or a function that writes it. */
export type Hazard = string | ((file: string) => void);
