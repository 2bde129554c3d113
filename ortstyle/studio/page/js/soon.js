/** Call a function once in the next frame, however often it is asked for until then. */
export function soon(call) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      call();
    });
  };
}
