/**
 * The data of the `next` events in a text/event-stream, as they come (WHATWG HTML, section 9.2, and
 * "distinct connections mode" of GraphQL over SSE).
 */
export async function* nextEvents(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void> {
  let text = "";
  for await (const chunk of chunks) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^event: next\ndata: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}
