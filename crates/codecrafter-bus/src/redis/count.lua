-- Adds to a counter that ends some time after its first addition; answers the sum and how many ms are left.
-- KEYS: the counter. ARGV: amount, window in ms.
if ARGV[1] == '0' and redis.call('EXISTS', KEYS[1]) == 0 then return { 0, tonumber(ARGV[2]) } end
local total = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return { total, left }
