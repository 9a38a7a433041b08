import { integer, oneOf, text } from '../parsers.js';
import { settings } from '../setting.js';
import { httpUrl } from '../url-parsers.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const operations = settings({
  envFile: {
    variable: 'ENV_FILE',
    default: '.env',
    parse: text,
    description: 'File of settings, as lines `NAME=value`, that is read at the start; `off` for none.',
    details:
      'The environment wins over it. One that is named must be there; `.env` is read where the gateway or the command is started, if it is there.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    default: 'info',
    parse: oneOf<LogLevel>(LOG_LEVELS),
    description: `Lowest level that is logged: ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}.`,
    details:
      'Logs are JSON lines on standard error. `info` has one line for each request, for the start, the drain and the end, and for each WebSocket that is refused or closed; `warn` has the loss of the database and of the collector of spans, and their return, and once each origin whose pages are refused.',
  },
  slowStatement: {
    variable: 'SLOW_STATEMENT',
    default: 1_000,
    parse: integer(0, 3_600_000),
    description: 'Milliseconds from which a statement is logged as slow, a warning; 0 for none.',
    details: 'See [Log](#log).',
  },
  metricsToken: {
    variable: 'METRICS_TOKEN',
    default: undefined,
    parse: text,
    isSecret: true,
    description:
      'Token that `/metrics` requires as `Authorization: Bearer …`; without it, `/metrics` is open.',
  },
  otlpEndpoint: {
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: undefined,
    parse: httpUrl,
    isSecret: true,
    description: "URL that OpenTelemetry's spans are sent to, e.g. `http://localhost:4318`.",
    details: "Without it, nothing of OpenTelemetry's SDK is loaded.",
  },
  otelServiceName: {
    variable: 'OTEL_SERVICE_NAME',
    default: 'switchboard',
    parse: text,
    description: 'Name of the service in its spans.',
  },
  startTimeout: {
    variable: 'START_TIMEOUT',
    default: 30,
    parse: integer(1, 3600),
    description:
      'Seconds that the start, or a command, waits for the database or for the lock of another migration.',
    details:
      'Each wait has this time of its own, and after half of it the process says what it waits for. The migrations themselves may take longer.',
  },
  drainDelay: {
    variable: 'DRAIN_DELAY',
    default: 2,
    parse: integer(0, 3600),
    description:
      'Seconds from SIGTERM, when `/health/ready` turns red, to the end of listening; at most half of `SHUTDOWN_TIMEOUT`.',
  },
  shutdownTimeout: {
    variable: 'SHUTDOWN_TIMEOUT',
    default: 10,
    parse: integer(0, 3600),
    description: 'Seconds that requests have to finish after SIGTERM or Ctrl-C, including `DRAIN_DELAY`.',
    details:
      'A connection that is open and silent when listening ends has a tenth of it for its first request.',
  },
});
