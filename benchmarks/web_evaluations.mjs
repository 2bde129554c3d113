// Evaluate loss and gradient with the page's engine in Chromium, once for each message; for
// web_evaluations.py. Arguments: "wasm" or "webgpu". A message is a line of JSON on standard input,
// which web_worker.js takes, and so is the answer on standard output.
import { createInterface } from "node:readline";

const SOFTWARE = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
export const graphics = process.argv.includes("webgpu") ? SOFTWARE : ["--disable-gpu"];

export default async ({ browser, open }) => {
  const page = await open("/benchmark/web_blank.html");
  await page.evaluate(() => {
    const worker = new Worker("/benchmark/web_worker.js", { type: "module" });
    let answer = null;
    worker.onmessage = ({ data }) => answer.resolve(data);
    worker.onerror = ({ message }) => answer.reject(new Error(message));
    window.ask = (message) =>
      new Promise((resolve, reject) => {
        answer = { resolve, reject };
        worker.postMessage(message);
      });
  });
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await page.evaluate((message) => window.ask(message), JSON.parse(line))));
  }
  return { browser: await browser.version() };
};
