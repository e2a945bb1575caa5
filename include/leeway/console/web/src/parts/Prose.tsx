/** A sentence of the API: what stands in backticks there is a name from the data, and shown as such. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence never change their order
      <code key={at}>{part}</code>
    ) : (
      part
    ),
  );
}
