/** Airflow runs this file and takes the component that it leaves here. */
import { Console, type Place } from "./Console";

(globalThis as { AirflowPlugin?: (place: Place) => unknown }).AirflowPlugin = Console;
