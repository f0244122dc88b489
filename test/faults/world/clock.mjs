// Loaded before an operator: at SIGURG, which does nothing else, its clock jumps: a day ahead, then a day back, and so on.
// Timers go on as they were.
const RealDate = Date;
const DAY = 86_400_000;
let aheadMs = 0;
const now = () => RealDate.now() + aheadMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});

process.on("SIGURG", () => {
  aheadMs = aheadMs > 0 ? -DAY : DAY;
});
