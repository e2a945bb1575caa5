/** Stands in for Airflow: its routes, and its switch between light and dark (`?dark` in the first address). */
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider, useParams } from "react-router-dom";
import { Console } from "../src/Console";

function OnDag() {
  const { dagId = "" } = useParams();
  return <Console dagId={dagId} />;
}

const router = createBrowserRouter([
  { path: "plugin/:page/*", element: <Console /> },
  { path: "dags/:dagId/plugin/model", element: <OnDag /> },
  { path: "*", element: <p>A page of Airflow.</p> },
]);

if (new URLSearchParams(location.search).has("dark")) document.documentElement.className = "dark";
const root = document.getElementById("root");
if (root) createRoot(root).render(<RouterProvider router={router} />);
