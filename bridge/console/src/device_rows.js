// SPDX-License-Identifier: Apache-2.0
// The rows of the list: pages from the API, kept up to date by the stream. Pure but for `ask`, which gets a page.

const kPage = 1000;
const kFirstPage = 200; // what is seen first is there first

/// Returns true or false where a payload tells whether the filter lets it through, undefined where it doesn't.
export function matches(filter, payload) {
  const isOneOf = (list, value) => !list || list.split(",").includes(value);
  if (!isOneOf(filter.status, payload.status) || !isOneOf(filter.template, payload.template)) return false;
  if (filter.connected && filter.connected !== String(payload.connected)) return false;
  if (filter.flapping && filter.flapping !== String(payload.flapping)) return false;
  if (filter.broker || filter.muted) return undefined;
  if (filter.q && !payload.device.toLowerCase().includes(filter.q.toLowerCase())) return undefined;
  return true;
}

const orders = {
  device: (one, other) => (one.device < other.device ? -1 : one.device > other.device ? 1 : 0),
  "-since": (one, other) => (one.since > other.since ? -1 : one.since < other.since ? 1 : orders.device(one, other)),
  "-last_seen": (one, other) =>
    (one.last_seen ?? "") > (other.last_seen ?? "")
      ? -1
      : (one.last_seen ?? "") < (other.last_seen ?? "")
        ? 1
        : orders.device(one, other),
};

export class DeviceRows {
  /// ask: (query) → promise of a page; changed: called after each change of what is to be seen.
  constructor(filter, ask, changed) {
    const { sort, ...rest } = filter;
    this.filter = rest;
    this.sort = orders[sort] ? sort : "device";
    this.ask = ask;
    this.changed = changed;
    this.rows = []; // { payload, left: it isn't of this filter any more }
    this.indexes = new Map();
    this.total = null;
    this.next = null;
    this.error = null;
    this.elsewhere = new Set(); // have come or moved to where they aren't shown
    this.arrived = new Map(); // by the stream while a page was on its way
    this.wanted = 0;
    this.isLoading = false;
    this.isOver = false;
    this.load();
  }

  end() {
    this.isOver = true;
  }

  /// Sees to it that there are rows up to this one.
  want(index) {
    this.wanted = Math.max(this.wanted, index);
    if (!this.isLoading && this.next && this.rows.length <= this.wanted && !this.error) this.load();
  }

  retry() {
    this.error = null;
    this.load();
  }

  async load() {
    this.isLoading = true;
    const isFirst = this.total === null;
    const query = { ...this.filter, sort: this.sort, limit: isFirst ? kFirstPage : kPage };
    if (this.next) query.cursor = this.next;
    try {
      const page = await this.ask(query);
      if (this.isOver) return;
      this.add(page);
    } catch (error) {
      if (!this.isOver) this.error = error;
    }
    this.isLoading = false;
    if (this.isOver) return;
    this.changed();
    this.want(this.wanted);
  }

  add({ devices, next, total }) {
    for (const each of devices) {
      if (this.indexes.has(each.device)) continue;
      const newer = this.arrived.get(each.device);
      if (newer === null) continue; // forgotten meanwhile
      const payload = newer && newer.seq > each.seq ? newer : each;
      this.indexes.set(payload.device, this.rows.length);
      this.rows.push({ payload, left: matches(this.filter, payload) === false });
    }
    this.next = next;
    this.total = next ? total : this.rows.length;
    this.arrived.clear();
  }

  /// What the stream says. isAtTop: the reader looks at the first rows.
  apply(changed, gone, isAtTop) {
    let isDifferent = false;
    for (const payload of changed) {
      if (this.isLoading) this.arrived.set(payload.device, payload);
      const index = this.indexes.get(payload.device);
      isDifferent =
        (index === undefined ? this.come(payload, isAtTop) : this.update(index, payload, isAtTop)) || isDifferent;
    }
    for (const device of gone) {
      if (this.isLoading) this.arrived.set(device, null);
      const index = this.indexes.get(device);
      if (index === undefined) continue;
      this.rows[index] = { ...this.rows[index], left: true };
      isDifferent = true;
    }
    if (isDifferent) this.changed();
  }

  update(index, payload, isAtTop) {
    const row = this.rows[index];
    if (row.payload.seq >= payload.seq) return false;
    const left = matches(this.filter, payload) === false;
    this.rows[index] = { payload, left };
    if (this.sort !== "device" && orders[this.sort](row.payload, payload) !== 0) {
      if (isAtTop) this.move(index);
      else this.elsewhere.add(payload.device);
    }
    return true;
  }

  come(payload, isAtTop) {
    if (this.total === null || matches(this.filter, payload) !== true) return false;
    const last = this.rows[this.rows.length - 1];
    const isBelow = this.next && (!last || orders[this.sort](payload, last.payload) > 0);
    // What is below the last row comes with its page.
    if (isBelow) return false;
    if (this.rows.length > 5000 || (this.sort !== "device" && !isAtTop)) {
      this.elsewhere.add(payload.device);
      return true;
    }
    this.rows.push({ payload, left: false });
    this.total += 1;
    this.move(this.rows.length - 1);
    return true;
  }

  move(from) {
    const [row] = this.rows.splice(from, 1);
    const order = orders[this.sort];
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(this.rows[middle].payload, row.payload) < 0) low = middle + 1;
      else high = middle;
    }
    this.rows.splice(low, 0, row);
    this.number(Math.min(low, from));
  }

  number(from = 0) {
    for (let index = from; index < this.rows.length; ++index) this.indexes.set(this.rows[index].payload.device, index);
  }

  /// Takes out what isn't of this filter any more.
  prune() {
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => !row.left);
    if (this.rows.length === before) return;
    this.total = Math.max(this.rows.length, this.total - (before - this.rows.length));
    this.indexes.clear();
    this.number();
    this.changed();
  }
}
