-- What Argo CD shows of a StreamingWordCount, read from the conditions that the operator wrote; never a judgement of its own.
local health = {status = "Progressing", message = "the operator has not looked at this generation yet"}
local status = obj.status
if status == nil or status.conditions == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
health.message = status.message
for _, condition in ipairs(status.conditions) do
  if condition.type == "Ready" and condition.status == "True" then
    health.status = "Healthy"
  elseif condition.type == "Stalled" and condition.status == "True" then
    health.status = "Degraded"
  end
end
-- Suspended is Ready too: it is what was asked.
if status.phase == "Suspended" then
  health.status = "Suspended"
end
return health
