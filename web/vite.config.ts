import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the app with live changes, beside a `wavvy serve` on its usual port.
const server = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/wavvy/service/app",
    emptyOutDir: true,
    assetsInlineLimit: 0, // everything is a file of this server, as its content policy asks
    manifest: "manifest.json",
    license: { fileName: "licenses.md" }, // what the app is made of, as their licences ask
  },
  server: {
    proxy: {
      "/v1": { target: server, ws: true },
      "/health": server,
      "/docs": server,
      "/openapi.json": server,
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
