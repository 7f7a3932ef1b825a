# Results of t/run (stage, file, seconds, ok|bad|skip, title) to the slowest
# tests and the last line; with -v report=1 also seconds by stage and file.
{
	n[$4]++
	total += $3
	file[($1 == "" ? "" : $1 " ") $2] += $3
	# the five slowest
	for (i = 1; i <= 5 && $3 <= slow[i]; i++)
		;
	if (i <= 5) {
		for (j = 5; j > i; j--) { slow[j] = slow[j - 1]; title[j] = title[j - 1] }
		slow[i] = $3
		title[i] = ($1 == "" ? "" : $1 " ") $2 ($5 == $2 ? "" : ": " $5)
	}
	if ($4 == "bad" && report)
		print "not ok  " ($1 == "" ? "" : $1 ": ") $2 ": " $5
}
END {
	if (report)
		for (f in file)
			if (file[f] >= 2)
				printf "%7.1f s  %s\n", file[f], f | "sort -rn"
	close("sort -rn")
	if (!quiet && slow[1] >= 0.5)
		for (i = 1; i <= 5 && slow[i] >= 0.5; i++)
			printf "slow    %5.1f s  %s\n", slow[i], title[i]
	if (!quiet || n["bad"])
		printf "%d passed, %d failed%s\n", n["ok"], n["bad"], n["skip"] ? ", " n["skip"] " skipped" : ""
	exit n["bad"] > 0
}
