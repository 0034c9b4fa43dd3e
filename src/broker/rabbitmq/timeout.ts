/** Rejects when `milliseconds` have passed without an answer. amqplib itself waits for ever. */
export async function withTimeout<T>(
  answer: Promise<T>,
  milliseconds: number,
  what: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new BrokerTimeout(`${what}: no answer in ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The broker did not answer in time; what it did is not known. */
export class BrokerTimeout extends Error {
  override readonly name = "BrokerTimeout";
}
