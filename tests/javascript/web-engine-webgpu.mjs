// Drive the engine's worker in Chromium with WebGPU on SwiftShader, a graphics processor of software:
// web-engine-webgpu.mjs ADDRESS JOBS
//
// JOBS is a file of JSON as web-engine.mjs takes it; `faults` are the names of functions below, of
// what goes wrong on the way.
import { readFile } from "node:fs/promises";
import { run } from "./web-engine.mjs";

export const graphics = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  // SwiftShader takes several times as long to compile kernels that first set their workgroup's
  // memory to zero. WebGPU promises zeros; the engine's test of the device would tell if a kernel
  // counted on them.
  "--enable-dawn-features=disable_workgroup_init",
  "--disable-gpu-process-crash-limit",
];

const previewed = () => window.kept("preview").length > 0;
const failed = () => window.kept("failed").length > 0;

// Let a worker's device compute wrongly: what the engine puts into its memory arrives as zeros.
async function corrupt(page, until) {
  await until(page, () => document.body.dataset.ready === "yes");
  await page.evaluate(() => {
    window.openWorker();
    window.isPrepared = true;
  });
  // Just after its start a worker has not yet all that workers have.
  const isThere = () => page.workers()[0]?.evaluate(() => "GPUQueue" in self);
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 50));
  await page.workers()[0].evaluate(() => {
    const { writeBuffer } = GPUQueue.prototype;
    GPUQueue.prototype.writeBuffer = function write(buffer, at, data, ...rest) {
      const isOurs = data instanceof ArrayBuffer; // onnxruntime gives views of its own memory
      return writeBuffer.call(this, buffer, at, isOurs ? new ArrayBuffer(data.byteLength) : data, ...rest);
    };
  });
}

const faults = {
  // The device is destroyed, as a driver's reset does, after the first preview.
  async destroyed({ page, until }) {
    await until(page, previewed);
    const [worker] = page.workers();
    await worker.evaluate(() => self.ortstyleRuntime.device.destroy());
  },

  // The process that has the graphics processor crashes.
  async crashed({ browser, page, until }) {
    await until(page, previewed);
    const session = await browser.target().createCDPSession();
    await session.send("Browser.crashGpuProcess").catch(() => {}); // its answer may get lost too
  },
};

export default async function drive({ browser, open, until, address, parts: [path] }) {
  const { site, backend, jobs, fault, wrong } = JSON.parse(await readFile(path, "utf8"));
  const page = await open("/test/web-engine.html");
  if (wrong) await corrupt(page, until);
  const options = { until, site: new URL(site, address).href, backend };
  if (!fault) return run(page, { ...options, jobs });
  const [{ order, pictures }] = jobs;
  const { ready } = await run(page, { ...options, jobs: [] });
  const end = page.evaluate((...given) => window.paint(...given), order, pictures);
  await faults[fault]({ browser, page, until });
  await until(page, failed);
  const lost = await end;
  const [preview] = (await page.evaluate(() => window.kept("preview"))).slice(-1);
  // Another worker continues with the last picture, as the page does.
  const { evaluations, scale, image } = preview;
  const resume = { evaluations, scale, image };
  const rest = { ...order, iterations: evaluations + 3 };
  const again = await run(page, { ...options, jobs: [{ order: rest, pictures, more: { resume } }] });
  return { ready, lost, preview, again };
}
