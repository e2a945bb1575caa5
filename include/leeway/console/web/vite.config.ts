/** Builds ../static/console.js, the one file that Airflow loads, with ../static/manifest.json and licences.txt. */
import { defineConfig } from "vite";
import { manifest } from "./manifest.ts";

/** What Airflow shares with the pages of its plugins: one React for all of them. */
const AIRFLOWS = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
};

export default defineConfig({
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [manifest({ folder: import.meta.dirname, bundle: "../static/console.js", limit: 400_000 })],
  build: {
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "leewayConsole", fileName: () => "console.js" },
    outDir: "../static",
    emptyOutDir: false,
    target: "es2023",
    reportCompressedSize: false,
    rolldownOptions: {
      external: Object.keys(AIRFLOWS),
      output: { globals: AIRFLOWS, postBanner: "/* Built from include/leeway/console/web; do not edit. */" },
    },
  },
});
