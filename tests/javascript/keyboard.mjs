// The keyboard on a page, for journeys without a mouse.

export class Keyboard {
  /** @param most tab stops until something must have come */
  constructor(page, { most = 80 } = {}) {
    this.page = page;
    this.most = most;
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Press Tab until the focus is on what a selector means. */
  async tabTo(selector) {
    for (let stops = 0; stops < this.most; stops++) {
      await this.press("Tab");
      if (await this.isAt(selector)) return;
    }
    throw new Error(`Tab does not reach ${selector}`);
  }

  isAt(selector) {
    return this.page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  }

  /** Whether the focus is anywhere but on the whole page. */
  hasFocus() {
    return this.page.evaluate(() => document.activeElement !== document.body);
  }

  /** The tab stops that look the same with the focus and without; by kind, of each class only the first. */
  async findUnseenFocus({ byKind = false } = {}) {
    const unseen = [];
    const names = new Set();
    await this.page.evaluate(() => document.activeElement.blur());
    for (let stops = 0; stops < this.most; stops++) {
      await this.press("Tab");
      const { name, box, again } = await this.page.evaluate(placeOfFocus, byKind);
      if (again) return { unseen, count: names.size };
      if (name === "body." || (byKind && names.has(name))) continue; // body is between the last stop and the first
      names.add(name);
      const picture = () => this.page.screenshot({ clip: box, encoding: "base64", captureBeyondViewport: false });
      const focused = await picture();
      await this.page.evaluate(() => {
        window.left = document.activeElement;
        window.left.blur();
      });
      if ((await picture()) === focused) unseen.push(name);
      await this.page.evaluate(() => window.left.focus());
    }
    throw new Error("Tab goes round no more");
  }
}

function placeOfFocus(byKind) {
  const element = document.activeElement;
  window.stops ??= new Set();
  const again = window.stops.has(element);
  window.stops.add(element);
  const seen = element.closest("label") ?? element;
  seen.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = seen.getBoundingClientRect();
  const [left, top] = [Math.max(0, x - 8), Math.max(0, y - 8)];
  const within = (least, most) => Math.max(1, Math.min(least, most));
  const box = { x: left + scrollX, y: top + scrollY, width: within(innerWidth - left, width + 16), height: within(innerHeight - top, height + 16) };
  const { id, className } = element;
  return { name: `${element.localName}.${byKind ? className || id : id || className}`, box, again };
}
