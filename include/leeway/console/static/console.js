/* Built from include/leeway/console/web; do not edit. */
globalThis.AirflowPlugin = () => globalThis.React.createElement("p", null, "leeway");
