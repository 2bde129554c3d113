// The files of a site as the engine reads them: node site-data.mjs ENGINE CASES; see
// tests/web/test_page_site_data.py. A case has what the site's list says of a file, and what the host
// answers, in base64, by the mode of the browser's cache: "default" may be of a version before.
import { readFile } from "node:fs/promises";

const { Site } = await import(`${process.argv[2]}site-data.js`);
const cases = JSON.parse(await readFile(process.argv[3], "utf8"));
const found = [];
for (const { path, known, answers } of cases) {
  const asked = [];
  globalThis.fetch = async (address, { cache }) => {
    asked.push(cache);
    if (!(cache in answers)) throw new TypeError("Failed to fetch");
    const answer = answers[cache];
    return answer === null ? new Response("none", { status: 404 }) : new Response(Buffer.from(answer, "base64"));
  };
  const site = new Site("http://site.example/", { files: { [path]: known } });
  const result = await site.bytes(path).then(
    (bytes) => ({ text: Buffer.from(bytes).toString() }),
    (error) => ({ kind: error.kind, name: error.constructor.name }),
  );
  found.push({ asked, ...result });
}
console.log(JSON.stringify(found));
