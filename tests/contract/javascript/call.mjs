// Send commands to an endpoint with AWS's own JavaScript SDK, unchanged, and print what came back as JSON.
// node call.mjs @aws-sdk/client-… SomethingClient http://127.0.0.1:… < [["SomeCommand", {…input}], …]
import { text } from "node:stream/consumers";

const [name, clientName, endpoint] = process.argv.slice(2);
const sdk = await import(name);
const client = new sdk[clientName]({
  endpoint,
  region: "us-west-2",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

const answers = [];
for (const [command, input] of JSON.parse(await text(process.stdin))) {
  try {
    const { $metadata, ...output } = await client.send(new sdk[command](input));
    answers.push({ status: $metadata.httpStatusCode, output });
  } catch (error) {
    answers.push({
      status: error.$metadata?.httpStatusCode,
      name: error.name,
      message: error.message,
      fault: error.$fault,
      isOfItsClass: sdk[error.name] ? error instanceof sdk[error.name] : false,
      isOfTheService: error instanceof sdk[clientName.replace(/Client$/, "ServiceException")],
    });
  }
}
console.log(JSON.stringify(answers));
