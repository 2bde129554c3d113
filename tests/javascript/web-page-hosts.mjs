// The browser page at several hosts, each a folder of one; see tests/web/test_page_hosts.py.
// Arguments: a photograph, a painting, and the folders.
const ELSEWHERE = "site.example"; // which browsers do not take for this machine
export const graphics = ["--disable-gpu", `--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`];

export default async ({ open, until, address, parts: [photograph, painting, ...folders] }) => {
  const found = {};
  const visit = async (name, host) => {
    const page = await open("/blank.html");
    await page.goto(new URL(`/${name}/index.html`, host), { waitUntil: "load" });
    await until(page, () => document.querySelector("#device").innerText.includes("processor paints")
      || document.querySelector("#device .fault"));
    const told = { device: await page.$eval("#device", ({ innerText }) => innerText) };
    const works = !(await page.$("#device .fault"));
    if (works) Object.assign(told, await paint(page, { until, files: [photograph, painting] }));
    await page.close();
    return told;
  };
  for (const folder of folders) found[folder] = await visit(folder, address);
  found.insecure = await visit(folders[0], address.replace("127.0.0.1", ELSEWHERE));
  return found;
};

async function paint(page, { until, files }) {
  for (const [at, file] of files.entries())
    await (await page.$(`.source:nth-of-type(${at + 1}) picture-drop input`)).uploadFile(file);
  await until(page, () => document.querySelectorAll(".photograph img").length === 2);
  await page.$eval("#setting-iterations", (input) => {
    input.value = 2;
    input.dispatchEvent(new Event("change"));
  });
  await page.click(".actions .primary");
  await until(page, () => document.querySelector("a[download]")?.checkVisibility()
    || document.querySelector(".canvas-notices .fault"));
  return page.evaluate(() => ({
    state: document.querySelector(".canvas-state").innerText,
    fault: document.querySelector(".canvas-notices .fault")?.innerText ?? null,
  }));
}
