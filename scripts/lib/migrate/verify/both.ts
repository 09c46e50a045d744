/** Two at once; where one fails its error is thrown once the other has ended too, whose own is not left unheard. */
export async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const results = await Promise.allSettled([a, b]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return [await a, await b];
}
