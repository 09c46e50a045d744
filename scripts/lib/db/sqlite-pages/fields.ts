/** Serial types. */
export const stored = { null: 0, wide: 6, float: 7, zero: 8, one: 9, rowid: 10, firstBlob: 12 };

/** The part of a row that a field is read from. */
export interface Fields {
  readonly rowid: number;
  readonly view: DataView;
  readonly types: Int32Array;
  readonly places: Int32Array;
}

export const isText = (type: number) => type > stored.firstBlob && type % 2 === 1;
export const isBlob = (type: number) => type >= stored.firstBlob && type % 2 === 0;
/** Bytes of a text or blob. */
export const lengthOf = (type: number) => (type - stored.firstBlob) >>> 1;

/** Whether the field is an integer that a number holds: of at most six bytes, or the rowid. */
export const isNarrow = (type: number) => (type >= 1 && type <= 5) || (type >= stored.zero && type <= stored.rowid);

/** The integer of a narrow field. */
export function integerOf(row: Fields, field: number): number {
  const at = row.places[field] as number;
  const { view } = row;
  switch (row.types[field]) {
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getInt16(at);
    case 3:
      return view.getInt16(at) * 256 + view.getUint8(at + 2);
    case 4:
      return view.getInt32(at);
    case 5:
      return view.getInt16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
    case 9:
      return 1;
    case 10:
      return row.rowid;
    default:
      return 0;
  }
}
