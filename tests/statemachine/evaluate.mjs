// Evaluate expressions with the reference implementation of JSONata, and print the values as JSON, null for none.
// node evaluate.mjs < [["$a + 1", {"a": 1}, {"millis": 0, "now": "…"}], …]
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import jsonata from "jsonata";

const values = [];
for (const [code, variables, { millis, now }] of JSON.parse(await text(process.stdin))) {
  const expression = jsonata(code);
  // Step Functions has $hash beside JSONata's own, and a clock that the tests set.
  expression.registerFunction("hash", (data, algorithm) =>
    createHash(algorithm.replace("-", "").toLowerCase()).update(data).digest("hex"),
  );
  expression.registerFunction("millis", () => millis);
  expression.registerFunction("now", () => now);
  values.push((await expression.evaluate(undefined, variables)) ?? null);
}
console.log(JSON.stringify(values));
