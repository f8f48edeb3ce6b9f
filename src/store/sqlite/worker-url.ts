/** The file of a worker beside its caller. The build leaves URLs in texts alone, so the extension is the caller's own. */
export const workerUrl = (callerUrl: string, name: string): URL =>
  new URL(`./${name}${callerUrl.slice(callerUrl.lastIndexOf('.'))}`, callerUrl);
