/** AMQP 0-9-1 section 4.2.3, "General Frame Format". */
export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
export const FRAME_END = 0xce;
/** Type, channel and size in front of a payload. */
export const FRAME_HEAD_BYTES = 7;
/** The same, and the end of the frame after the payload. */
export const FRAME_OVERHEAD = 8;

/** Section 4.2.2: what a client says first. */
export const PROTOCOL_HEADER = Buffer.from("AMQP\0\0\x09\x01", "latin1");

/** The methods that we speak, each the class's id and then its own (section 1). */
export const CONNECTION_START = 0x000a000a;
export const CONNECTION_START_OK = 0x000a000b;
export const CONNECTION_TUNE = 0x000a001e;
export const CONNECTION_TUNE_OK = 0x000a001f;
export const CONNECTION_OPEN = 0x000a0028;
export const CONNECTION_OPEN_OK = 0x000a0029;
export const CONNECTION_CLOSE = 0x000a0032;
export const CONNECTION_CLOSE_OK = 0x000a0033;
/** RabbitMQ, "Blocked Connections". */
export const CONNECTION_BLOCKED = 0x000a003c;
export const CONNECTION_UNBLOCKED = 0x000a003d;
export const CHANNEL_OPEN = 0x0014000a;
export const CHANNEL_OPEN_OK = 0x0014000b;
export const CHANNEL_CLOSE = 0x00140028;
export const CHANNEL_CLOSE_OK = 0x00140029;
export const EXCHANGE_DECLARE = 0x0028000a;
export const EXCHANGE_DECLARE_OK = 0x0028000b;
export const QUEUE_DECLARE = 0x0032000a;
export const QUEUE_DECLARE_OK = 0x0032000b;
export const QUEUE_BIND = 0x00320014;
export const QUEUE_BIND_OK = 0x00320015;
export const QUEUE_PURGE = 0x0032001e;
export const QUEUE_PURGE_OK = 0x0032001f;
export const QUEUE_DELETE = 0x00320028;
export const QUEUE_DELETE_OK = 0x00320029;
export const BASIC_QOS = 0x003c000a;
export const BASIC_QOS_OK = 0x003c000b;
export const BASIC_CONSUME = 0x003c0014;
export const BASIC_CONSUME_OK = 0x003c0015;
export const BASIC_CANCEL = 0x003c001e;
export const BASIC_CANCEL_OK = 0x003c001f;
export const BASIC_PUBLISH = 0x003c0028;
export const BASIC_RETURN = 0x003c0032;
export const BASIC_DELIVER = 0x003c003c;
export const BASIC_GET = 0x003c0046;
export const BASIC_GET_OK = 0x003c0047;
export const BASIC_GET_EMPTY = 0x003c0048;
export const BASIC_ACK = 0x003c0050;
/** RabbitMQ, "Consumer Acknowledgements and Publisher Confirms", as is confirm.select. */
export const BASIC_NACK = 0x003c0078;
export const CONFIRM_SELECT = 0x0055000a;
export const CONFIRM_SELECT_OK = 0x0055000b;

/** The class whose content has properties (section 1.8). */
export const BASIC_CLASS = 60;

/** Section 1.2, those with which a client ends a connection. */
export const REPLY_SUCCESS = 200;
export const FRAME_ERROR = 501;
export const SYNTAX_ERROR = 502;
export const COMMAND_INVALID = 503;
export const CHANNEL_ERROR = 504;
export const UNEXPECTED_FRAME = 505;

/** Property flags of section 1.8.1, in the order of the properties on the wire. */
export const HAS_CONTENT_TYPE = 0x8000;
export const HAS_CONTENT_ENCODING = 0x4000;
export const HAS_HEADERS = 0x2000;
export const HAS_DELIVERY_MODE = 0x1000;
export const HAS_PRIORITY = 0x0800;
export const HAS_CORRELATION_ID = 0x0400;
export const HAS_REPLY_TO = 0x0200;
export const HAS_EXPIRATION = 0x0100;
export const HAS_MESSAGE_ID = 0x0080;
export const HAS_TIMESTAMP = 0x0040;
export const HAS_TYPE = 0x0020;
export const HAS_USER_ID = 0x0010;
export const HAS_APP_ID = 0x0008;
