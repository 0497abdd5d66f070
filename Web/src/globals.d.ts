/** URLs of built files, filled in by Web/build. */
declare const ECHARTS_URL: string;
declare const LIVE_WORKER_URL: string;
