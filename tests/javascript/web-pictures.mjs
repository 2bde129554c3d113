// Files of pictures decoded and encoded in a worker; see tests/web/test_page_pictures_files.py. The
// arguments are the files' names, with limits as JSON after "?".
export default async ({ open, parts }) => {
  const page = await open("/web-pictures.html");
  return page.evaluate(async (files) => {
    const worker = new Worker("/web-pictures-worker.mjs", { type: "module" });
    const found = {};
    for (const file of files) {
      const [name, limits = "{}"] = file.split("?");
      const blob = await (await fetch(`/files/${name}`)).blob();
      const answer = new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.postMessage({ blob: blob.slice(), limits: JSON.parse(limits) }); // of no type
      found[file] = await answer;
    }
    return found;
  }, parts);
};
