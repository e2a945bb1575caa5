/** `npm run dev`: the page in a host that imitates Airflow, with made-up answers of the API. Not part of the product. */
import { defineConfig } from "vite";
import { answers } from "./dev/server.ts";

export default defineConfig({ root: "dev", plugins: [answers()], server: { host: "127.0.0.1", port: 5195 } });
