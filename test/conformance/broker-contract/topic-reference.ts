/**
 * Whether a topic exchange routes a key to a pattern (AMQP 0-9-1 section 3.1.3.3), in another way
 * than any adapter has it: every word closed with a dot, and the pattern a regular expression.
 */
export function topicMatches(pattern: string, routingKey: string): boolean {
  const expression = words(pattern).map(wordExpression).join("");
  return new RegExp(`^${expression}$`, "su").test(
    words(routingKey)
      .map((word) => `${word}.`)
      .join(""),
  );
}

function wordExpression(word: string): string {
  if (word === "*") return "[^.]*\\.";
  if (word === "#") return "(?:[^.]*\\.)*";
  return `${word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}\\.`;
}

function words(key: string): string[] {
  return key === "" ? [] : key.split(".");
}
