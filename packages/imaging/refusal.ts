/** The engine cannot work with these pictures; the code is stable and the message is for people. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(readonly code: string, message: string) {
    super(message);
  }
}
