import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { answerTo } from "./answers.ts";

const API = "/leeway/api/";

/** Answers what the page asks for; `?fail` in a search shows how it tells of errors. */
export function answers(): Plugin {
  return {
    name: "leeway-answers",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith(API)) answer(request, response);
        else next();
      });
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "", "http://localhost");
  const path = url.pathname.slice(API.length);
  const told = request.method === "POST" ? done(path) : answerTo(path, url.searchParams);
  const failed = url.searchParams.get("search") === "fail";
  response.statusCode = failed ? 503 : told === undefined ? 404 : 200;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(failed ? { error: broken } : (told ?? { error: unknown })));
}

function done(path: string) {
  const model = path.split("/")[1];
  return { done: `Done for ${model}.`, dag_run: { dag_id: `${model}__promotion`, run_id: "manual__1" } };
}

const unknown = { code: "SPEC007", message: "there is no such model", where: {}, do: "See which models there are." };
const broken = { code: "CAT001", message: "the catalog does not answer", where: {}, do: "Start it, then try again." };
