-- Appends to a log and tells its subscribers, in one step; answers the position.
-- KEYS: the log, a list: first "<next position> <bytes>", then "<position>:<origin>:<payload>" for each message.
-- ARGV: first position of an empty log, least position, entries, bytes, expiry in ms, channel, origin, payload,
-- and 1 if the message may be there already.
local key, origin, payload = KEYS[1], ARGV[7], ARGV[8]
if ARGV[9] == '1' then
  for _, entry in ipairs(redis.call('LRANGE', key, -64, -1)) do
    local seq, known = entry:match('^(%d+):([^:]*):')
    if known == origin then return seq end
  end
end

local seq, bytes = tonumber(ARGV[1]), 0
local head = redis.call('LINDEX', key, 0)
if head then
  local next_seq, kept = head:match('^(%d+) (%d+)$')
  seq, bytes = tonumber(next_seq), tonumber(kept)
end
seq = math.max(seq, tonumber(ARGV[2]))

local entry = string.format('%.0f', seq) .. ':' .. origin .. ':' .. payload
-- First of all that changes something: a Redis that is full refuses here, and nothing is half done.
local count = redis.call('RPUSH', key, entry)
if head then
  redis.call('LPOP', key)
  count = count - 1
end
bytes = bytes + #payload
while count > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) do
  local oldest = redis.call('LPOP', key)
  if not oldest then break end
  bytes = bytes - (#oldest - oldest:match('^%d+:[^:]*:()') + 1)
  count = count - 1
end
redis.call('LPUSH', key, string.format('%.0f %.0f', seq + 1, bytes))
redis.call('PEXPIRE', key, ARGV[5])
redis.call('PUBLISH', ARGV[6], entry)
return string.format('%.0f', seq)
