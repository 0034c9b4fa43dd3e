/** What a plan has no short way for. */
export class NotPlanned extends Error {
  override readonly name = "NotPlanned";
}
