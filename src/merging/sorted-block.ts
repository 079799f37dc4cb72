type Order = (a: string, b: string) => number;

const by =
  (key: (line: string) => string): Order =>
  (a, b) => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };

const plain = (line: string) => line.replace(/[\s,;]+$/, '');
const orders: readonly Order[] = [by(plain), by((line) => plain(line).toLowerCase())];

/** Lines that are needed to believe that a list is sorted on purpose. */
const enough = 3;

/** The order that all versions of a list obey, if it is no coincidence. */
export function findOrder(versions: readonly (readonly string[])[]): Order | undefined {
  if (Math.max(...versions.map((lines) => lines.length)) < enough) return undefined;
  return orders.find((order) =>
    versions.every((lines) =>
      lines.every((line, index) => index === 0 || order(lines[index - 1] as string, line) < 0),
    ),
  );
}
