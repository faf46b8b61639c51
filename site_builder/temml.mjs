// Turns LaTeX into MathML: one JSON line in, {tex, display}; one out, {html} or {error}.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: temml } = await import(pathToFileURL(process.argv[2]).href);

function answer({ tex, display }) {
  try {
    const options = { displayMode: display, throwOnError: true };
    return { html: temml.renderToString(tex, options) };
  } catch (error) {
    return { error: String(error.message) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
