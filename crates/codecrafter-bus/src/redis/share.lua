-- Has a member of a group say something for a while; answers what the others say, each with its name.
-- KEYS: the group, a hash of names to what they say after the ms at which it ends and a space.
-- ARGV: the member, what it says, for how many ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local group, others = redis.call('HGETALL', KEYS[1]), {}
for index = 1, #group, 2 do
  local name, said = group[index], group[index + 1]
  local space = string.find(said, ' ', 1, true)
  if tonumber(string.sub(said, 1, space - 1)) <= now then
    redis.call('HDEL', KEYS[1], name)
  elseif name ~= ARGV[1] then
    others[#others + 1] = { name, string.sub(said, space + 1) }
  end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now + ARGV[3]) .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return others
