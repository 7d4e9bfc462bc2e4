-- Answers the last position of a log (0 where there is none), then its messages after a position.
-- KEYS: the log. ARGV: the position.
local key, after = KEYS[1], tonumber(ARGV[1])
local head = redis.call('LINDEX', key, 0)
if not head then return { '0' } end

-- From the end: who comes back has seen most of it.
local found, last = {}, redis.call('LLEN', key) - 1
while last >= 1 do
  local first = math.max(1, last - 63)
  local entries = redis.call('LRANGE', key, first, last)
  for index = #entries, 1, -1 do
    if tonumber(entries[index]:match('^%d+')) <= after then
      last = 0
      break
    end
    found[#found + 1] = entries[index]
  end
  last = math.min(last, first) - 1
end

local answer = { string.format('%.0f', tonumber(head:match('^%d+')) - 1) }
for index = #found, 1, -1 do answer[#answer + 1] = found[index] end
return answer
