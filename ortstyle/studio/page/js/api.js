/** Requests to the studio. Each answer is JSON; each failure is an `ApiError` with a sentence. */

import { t } from "./text.js";

export class ApiError extends Error {
  constructor(message, kind, status) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

/** GET; null where there is nothing (204). `path` is whole, such as "/api/queue". */
export const get = (path, { signal } = {}) => send("GET", path, undefined, { signal });

/** Any other method; `body` is sent as JSON. */
export async function send(method, path, body, { signal, keepalive } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const content = body === undefined ? undefined : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: content, signal, keepalive });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new ApiError(t("page.unreachable"), "Unreachable", 0);
  }
  return read(answer.status, await answer.text());
}

/** Send a file as it is; a film goes its own way. `onProgress` gets the share sent so far, from 0 to 1. */
export function upload(file, role, { onProgress, signal, film = false } = {}) {
  const query = new URLSearchParams({ name: file.name || "picture", ...(film ? {} : { role }) });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/${film ? "clips" : "pictures"}?${query}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => onProgress?.(event.loaded / (event.total || 1));
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText));
      } catch (fault) {
        reject(fault);
      }
    };
    request.onerror = () => reject(new ApiError(t("page.uploadCut"), "Unreachable", 0));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function read(status, text) {
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // an answer that isn't the studio's, such as a proxy's page
  }
  if (status >= 200 && status < 300) return data;
  if (status === 401) document.dispatchEvent(new CustomEvent("locked"));
  throw new ApiError(data?.error ?? t("page.failed"), data?.kind ?? "Failed", status);
}

/** The address of a picture that was sent, or of a result, as a view of a size. */
export const pictureView = (id, side = 512) => `/api/pictures/${id}/view?side=${side}`;
export const filmAddress = (of) => `${of}/film`;
export const frameAddress = (of, time, side = 1024) => `${of}/frame?at=${Math.round(1000 * time)}&side=${side}`;
export const resultView = (id, side = 512) => `/api/paintings/${id}/image?side=${side}`;
