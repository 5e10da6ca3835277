least=$(sed -n 's/.*"at_least": *\([0-9]*\).*/\1/p' task.json)
count=$(ls in/series | wc -l)
echo '{"progress": 50, "message": "Counting"}'

if [ "$count" -lt "${least:-3}" ]; then
    echo '{"code": "TOO_FEW_SLICES", "message": "this series has too few slices"}' > result.json
    exit 10
fi

echo "{\"slices\": $count}" > out/count.json
cat > result.json <<END
{
  "artifacts": [{"name": "count.json", "kind": "document", "content_type": "application/json"}],
  "metrics": {"slices": $count}
}
END
