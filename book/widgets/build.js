// Bundle the browser side: one script, one style sheet. A classic script (IIFE), since ES modules do not load from file://.
import { build, context } from "esbuild";

const options = {
  entryPoints: { nnbook: "src/index.js", "nnbook-style": "../_static/css/index.css" },
  outdir: "../_static/build",
  bundle: true,
  minify: true,
  format: /** @type {const} */ ("iife"),
  target: ["es2022", "chrome110", "firefox115", "safari16.4"],
  legalComments: /** @type {const} */ ("none"),
  logLevel: /** @type {const} */ ("warning"),
};

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
