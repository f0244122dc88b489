import { detectHost } from "../../../src/host/detect.ts";

// Does what its argument says with the host that it finds, and prints what it was told on stderr.
const host = await detectHost({
  local: { partitions: { kind: "keys", keys: ["p"] }, config: { from: "flags" }, assetKeys: [["a"]] },
});
const { kind, launch } = host;
console.error(
  JSON.stringify({
    kind,
    launch,
    variables: Object.keys(process.env).filter((name) => /MILLRACE_(HOST|MESS|LIFE)/.test(name)),
  }),
);
console.log("printed");
const keepAlive = setInterval(() => {}, 1_000);
let error: unknown;
try {
  if (process.argv[2] === "wait")
    await new Promise((_, reject) => host.signal.addEventListener("abort", () => reject(host.signal.reason)));
  host.log("info", "working");
  host.reportMaterialization({ assetKey: ["a"], partition: null, metadata: { rows: 1 } });
} catch (thrown) {
  error = thrown;
}
clearInterval(keepAlive);
await host.close(error);
if (error) console.error("settled");
