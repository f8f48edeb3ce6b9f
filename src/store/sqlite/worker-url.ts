/** The file of a worker beside its caller. The build leaves URLs in texts alone, so the extension is the caller's own. */
export const workerUrl = (callerUrl: string, name: string): URL =>
  new URL(`./${name}${callerUrl.slice(callerUrl.lastIndexOf('.'))}`, callerUrl);

/** V8 gives each thread a young generation of its own, sized for the machine; what passes through these threads is small. */
export const workerMemory = { maxYoungGenerationSizeMb: 6 };
