-- A new UUIDv7: the time in milliseconds and random bits.
CREATE OR REPLACE FUNCTION new_uuid() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
  set_byte(
    overlay(
      uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    ),
    6, (get_byte(uuid_send(gen_random_uuid()), 0) & 15) | 112
  ), 'hex')::uuid;
