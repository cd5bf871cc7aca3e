#!/usr/bin/env node
// Runs the binary in the package for this platform, with the same arguments, input, output and exit status.
"use strict";

const { spawn } = require("node:child_process");

const name = `@sandkasse/${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${name}/${process.platform === "win32" ? "sandkasse.exe" : "sandkasse"}`);
} catch {
  console.error(
    `sandkasse: the package ${name}, which has the binary for this platform, is not installed. There are packages for ` +
      "linux, darwin and win32 on x64 and arm64; npm leaves them out with --omit=optional or --no-optional.",
  );
  process.exit(1);
}

const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });

// A terminal sends its interrupt to the binary, too; a second one would end it at once.
const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !atTerminal) child.kill(signal);
  });
}
// npx runs this in a shell that ends at a signal without passing it on. Then the binary must end, too.
const parent = process.ppid;
if (process.env.npm_lifecycle_event === "npx") {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch); // a second signal would end it at once
    child.kill("SIGTERM");
  }, 200).unref();
}

child.on("error", (error) => {
  console.error(`sandkasse: ${binary} cannot be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (status, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(status);
  }
});
