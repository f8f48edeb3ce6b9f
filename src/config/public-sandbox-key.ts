/** The guide's own key. It is public, so the samples of the guide run as they are; only a sandbox ever knows it. */
export const publicSandboxKey =
  'sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ';
