/** What the shop sells and who works and buys there. Names that are not ASCII are there on purpose. */
export const categories = ["WINE", "BEER", "SPIRITS", "SAKE", "MIXERS", "SNACKS"] as const;
export const makers = [
  "Château Mèze",
  "Höllberg",
  "Old Quay",
  "Três Marias",
  "Ōmine",
  "Kilbride",
  "Żubrówka",
  "Casa Niño",
];
export const kinds = ["Reserve", "Brut", "Pale Ale", "Single Malt", "Junmai", "Dry Gin", "Tonic", "Añejo", "Riesling"];
export const sizes = [187, 330, 375, 500, 700, 750, 1000, 1500] as const;
export const firstNames = [
  "Ana",
  "Björn",
  "Chloé",
  "Dmitri",
  "Eve",
  "Fátima",
  "Goran",
  "Hana",
  "Iñaki",
  "Jörg",
  "Kofi",
  "Lý",
];
export const lastNames = [
  "O'Neill",
  "Müller",
  "Nguyễn",
  "Silva",
  "Łukasik",
  "Smith",
  "Da Costa",
  "Ødegård",
  "王",
  "D'Angelo",
];
export const streets = ["Quay", "High", "Mill", "Station", "Church", "Harbour"];
export const cities = ["Portland", "Gdańsk", "Málaga", "Ålesund"];
export const methods = ["CARD", "CARD", "CARD", "CASH", "CASH", "SPLIT", "GIFT"] as const;
export const cards = ["VISA", "MASTERCARD", "AMEX"] as const;
export const notes = [
  "gift wrapped",
  "ID checked twice",
  'customer said: "keep the change"',
  "café order ☕",
  "line one\nline two",
];
