<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Actions</name>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Exam</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>回看</translation>
    </message>
    <message>
        <source>Replay</source>
        <translation>回放</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>AI on or off</source>
        <translation>开关 AI</translation>
    </message>
    <message>
        <source>Switch the model on or off; the picture is not touched</source>
        <translation>打开或关闭模型；图像不受影响</translation>
    </message>
    <message>
        <source>Heat-map off, contour, fill</source>
        <translation>热图：关、轮廓、填充</translation>
    </message>
    <message>
        <source>Change how the heat-map is drawn</source>
        <translation>切换热图的画法</translation>
    </message>
    <message>
        <source>Heat-map stronger</source>
        <translation>热图加深</translation>
    </message>
    <message>
        <source>Make the heat-map more opaque</source>
        <translation>提高热图不透明度</translation>
    </message>
    <message>
        <source>Heat-map weaker</source>
        <translation>热图减淡</translation>
    </message>
    <message>
        <source>Make the heat-map more transparent</source>
        <translation>降低热图不透明度</translation>
    </message>
    <message>
        <source>Hold to see the bare scan</source>
        <translation>按住看原始图像</translation>
    </message>
    <message>
        <source>Everything drawn on the scan is hidden while the key is down</source>
        <translation>按住期间隐藏叠加在图像上的一切</translation>
    </message>
    <message>
        <source>Scan or whole picture</source>
        <translation>扫描区或整幅画面</translation>
    </message>
    <message>
        <source>Show the scan alone, or all that the machine shows</source>
        <translation>只看扫描区，或看机器的整幅画面</translation>
    </message>
    <message>
        <source>Set the scan region by hand</source>
        <translation>手动设定扫描区</translation>
    </message>
    <message>
        <source>Drag the edges of the scan; kept for this machine and picture size</source>
        <translation>拖动扫描区边缘；按机器和画面尺寸保存</translation>
    </message>
    <message>
        <source>Find the scan region again</source>
        <translation>重新寻找扫描区</translation>
    </message>
    <message>
        <source>Forget the region set by hand and look for the scan</source>
        <translation>放弃手动设定，重新寻找扫描区</translation>
    </message>
    <message>
        <source>Patient-safe view</source>
        <translation>患者可见模式</translation>
    </message>
    <message>
        <source>The scan alone: no scores, no heat-map, no words about the fetus</source>
        <translation>只有图像：无评分、无热图、无关于胎儿的文字</translation>
    </message>
    <message>
        <source>Keep this frame</source>
        <translation>保留此帧</translation>
    </message>
    <message>
        <source>Keep the frame on the screen among the kept frames</source>
        <translation>把屏幕上的这一帧放入保留帧</translation>
    </message>
    <message>
        <source>Dismiss the newest flag</source>
        <translation>撤销最新标记</translation>
    </message>
    <message>
        <source>Take the newest flag off the timeline and the kept frames</source>
        <translation>从时间轴和保留帧中去掉最新标记</translation>
    </message>
    <message>
        <source>New exam</source>
        <translation>新检查</translation>
    </message>
    <message>
        <source>End this exam and begin the next; nothing seen before counts in it</source>
        <translation>结束本次检查并开始下一次；之前所见均不计入</translation>
    </message>
    <message>
        <source>Next fetus</source>
        <translation>下一个胎儿</translation>
    </message>
    <message>
        <source>Another fetus of the same exam: A, B, and so on</source>
        <translation>同一次检查的另一个胎儿：A、B，依此类推</translation>
    </message>
    <message>
        <source>Age, operator, fetus</source>
        <translation>孕周、操作者、胎儿</translation>
    </message>
    <message>
        <source>Optional entries of the exam, in a strip above the picture</source>
        <translation>检查的可选信息，在图像上方的一条栏中</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>Another patient: begin a new exam. In review: agree with the flag</source>
        <translation>换了受检者：开始新检查。回看时：同意该标记</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>The same patient: go on. In review: disagree with the flag</source>
        <translation>同一受检者：继续。回看时：不同意该标记</translation>
    </message>
    <message>
        <source>Exams</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>All exams on this machine; Enter opens one</source>
        <translation>本机上的所有检查；回车打开</translation>
    </message>
    <message>
        <source>Exams for a second look</source>
        <translation>待复看的检查</translation>
    </message>
    <message>
        <source>Ambiguous and discordant exams, with the reason; export for an expert</source>
        <translation>不明确和不一致的检查及原因；可导出给专家</translation>
    </message>
    <message>
        <source>Quality over all exams</source>
        <translation>所有检查的质量</translation>
    </message>
    <message>
        <source>Drift, completeness, time, by preset and operator; CSV</source>
        <translation>漂移、完整率、时间，按预设和操作者；CSV</translation>
    </message>
    <message>
        <source>Worklist</source>
        <translation>工作列表</translation>
    </message>
    <message>
        <source>Who is expected; Enter begins a new exam for an entry</source>
        <translation>预约患者；按回车为该条目开始新检查</translation>
    </message>
    <message>
        <source>Studies in the PACS</source>
        <translation>PACS 中的检查</translation>
    </message>
    <message>
        <source>Look for a study and bring its cines for review</source>
        <translation>查找检查并取回动态图像复核</translation>
    </message>
    <message>
        <source>Send an exam to the PACS</source>
        <translation>将检查发送到 PACS</translation>
    </message>
    <message>
        <source>See what would be sent, send it, and how the queue stands</source>
        <translation>先预览将发送的内容，再发送，并查看发送队列</translation>
    </message>
    <message>
        <source>Unsure about the flag</source>
        <translation>对标记不确定</translation>
    </message>
    <message>
        <source>In review: neither agree nor disagree with the flag in hand</source>
        <translation>回看时：对当前标记既不同意也不反对</translation>
    </message>
    <message>
        <source>Side, kind, comment</source>
        <translation>侧别、类型、备注</translation>
    </message>
    <message>
        <source>In review: say more about the flag in hand</source>
        <translation>回看时：对当前标记作进一步说明</translation>
    </message>
    <message>
        <source>Note on this frame</source>
        <translation>为此帧添加备注</translation>
    </message>
    <message>
        <source>A few words, stored with the exam, live or in review</source>
        <translation>几句话，随检查保存；实时或回放均可</translation>
    </message>
    <message>
        <source>Read as second reader</source>
        <translation>作为第二读者阅片</translation>
    </message>
    <message>
        <source>Own call first, with the AI hidden; then the AI, then the final call</source>
        <translation>先在隐藏 AI 时作出自己的判断；再显示 AI，然后作最终判断</translation>
    </message>
    <message>
        <source>Live exams with or without the AI seen</source>
        <translation>实时检查时显示或隐藏 AI</translation>
    </message>
    <message>
        <source>From the next exam on: concurrent reading, or second reader</source>
        <translation>从下一次检查起：同步阅片或第二读者</translation>
    </message>
    <message>
        <source>Bare scan beside it</source>
        <translation>并排显示原始扫描</translation>
    </message>
    <message>
        <source>The same picture twice: bare on the left, drawn on on the right</source>
        <translation>同一图像两次：左为原始，右为叠加</translation>
    </message>
    <message>
        <source>Ruler</source>
        <translation>标尺</translation>
    </message>
    <message>
        <source>Measure on a picture that stands: arrows and Tab, Enter stores</source>
        <translation>在静止图像上测量：方向键和 Tab，回车存储</translation>
    </message>
    <message>
        <source>Scale from two points</source>
        <translation>两点定标</translation>
    </message>
    <message>
        <source>Tell the ruler how far its ends are apart</source>
        <translation>告诉标尺两端相距多远</translation>
    </message>
    <message>
        <source>Record the exam, clips, or nothing</source>
        <translation>录制整个检查、片段或不录制</translation>
    </message>
    <message>
        <source>What of the video is stored; predictions and kept frames always are</source>
        <translation>存储视频的哪些部分；预测和保留的帧总会存储</translation>
    </message>
    <message>
        <source>Look at a kept frame</source>
        <translation>查看保留帧</translation>
    </message>
    <message>
        <source>Show that kept frame beside the live picture</source>
        <translation>在实时图像旁显示该保留帧</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>播放或暂停</translation>
    </message>
    <message>
        <source>Run or hold the recording</source>
        <translation>播放或停住录像</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>后退一帧</translation>
    </message>
    <message>
        <source>Hold and go one frame back</source>
        <translation>停住并后退一帧</translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation>前进一帧</translation>
    </message>
    <message>
        <source>Hold and go one frame on</source>
        <translation>停住并前进一帧</translation>
    </message>
    <message>
        <source>Half a second back</source>
        <translation>后退半秒</translation>
    </message>
    <message>
        <source>Jump half a second back</source>
        <translation>向后跳半秒</translation>
    </message>
    <message>
        <source>Half a second on</source>
        <translation>前进半秒</translation>
    </message>
    <message>
        <source>Jump half a second on</source>
        <translation>向前跳半秒</translation>
    </message>
    <message>
        <source>Slower</source>
        <translation>减速</translation>
    </message>
    <message>
        <source>Play slower, down to a tenth</source>
        <translation>放慢播放，最慢十分之一</translation>
    </message>
    <message>
        <source>Faster</source>
        <translation>加速</translation>
    </message>
    <message>
        <source>Play faster, up to four times</source>
        <translation>加快播放，最快四倍</translation>
    </message>
    <message>
        <source>To the start</source>
        <translation>到开头</translation>
    </message>
    <message>
        <source>Go to the first frame</source>
        <translation>跳到第一帧</translation>
    </message>
    <message>
        <source>To the end</source>
        <translation>到结尾</translation>
    </message>
    <message>
        <source>Go to the last frame</source>
        <translation>跳到最后一帧</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>Start again at the end</source>
        <translation>到结尾后从头再放</translation>
    </message>
    <message>
        <source>Next flag</source>
        <translation>下一标记</translation>
    </message>
    <message>
        <source>Go to the next flag, round the end</source>
        <translation>跳到下一个标记，到尾则回到开头</translation>
    </message>
    <message>
        <source>Highest score</source>
        <translation>最高评分</translation>
    </message>
    <message>
        <source>Hold at the frame with the highest score so far</source>
        <translation>停在目前评分最高的一帧</translation>
    </message>
    <message>
        <source>Choose a source</source>
        <translation>选择图像来源</translation>
    </message>
    <message>
        <source>Capture card, screen, stream, file or the demo</source>
        <translation>采集卡、屏幕、网络流、文件或演示</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>All messages since the start, and where the log is</source>
        <translation>启动以来的全部消息和日志位置</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>This sheet of keys and pedals</source>
        <translation>本按键与踏板表</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Everything the window can do</source>
        <translation>窗口的全部功能</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Fill the screen, without borders</source>
        <translation>占满屏幕，无边框</translation>
    </message>
    <message>
        <source>To the other screen</source>
        <translation>移到另一屏幕</translation>
    </message>
    <message>
        <source>Move the window to the next screen</source>
        <translation>把窗口移到下一个屏幕</translation>
    </message>
    <message>
        <source>English or Chinese</source>
        <translation>English / 中文</translation>
    </message>
    <message>
        <source>Change the language of the window</source>
        <translation>切换窗口语言</translation>
    </message>
    <message>
        <source>Close what is open</source>
        <translation>关闭最前面的页</translation>
    </message>
    <message>
        <source>Close the sheet, list or kept frame in front, else leave full screen</source>
        <translation>关闭最前面的表、列表或保留帧，否则退出全屏</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Stop the source and close the program</source>
        <translation>停止来源并关闭程序</translation>
    </message>
</context>
<context>
    <name>ExamDesk</name>
    <message>
        <source>Exam {name} has ended; it is on disk</source>
        <translation>检查 {name} 已结束，并已保存到磁盘</translation>
    </message>
    <message>
        <source>{weeks} wk, out of range</source>
        <translation>{weeks} 周，超出范围</translation>
    </message>
    <message>
        <source>age</source>
        <translation>孕周</translation>
    </message>
    <message>
        <source>fetus {label}</source>
        <translation>胎儿 {label}</translation>
    </message>
    <message>
        <source>{weeks} wk</source>
        <translation>{weeks} 周</translation>
    </message>
    <message>
        <source>second reader</source>
        <translation>第二读者</translation>
    </message>
    <message>
        <source>Another patient? Y: new exam, X: same patient</source>
        <translation>换了受检者？Y：新检查，X：同一受检者</translation>
    </message>
    <message>
        <source>Ended in order after the program was cut off: {exams}</source>
        <translation>程序曾中断，以下检查已正常结束：{exams}</translation>
    </message>
</context>
<context>
    <name>ExamStrip</name>
    <message>
        <source>Weeks</source>
        <translation>孕周</translation>
    </message>
    <message>
        <source>20+3</source>
        <translation>20+3</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>操作者</translation>
    </message>
    <message>
        <source>Machine preset</source>
        <translation>机器预设</translation>
    </message>
    <message>
        <source>Fetus</source>
        <translation>胎儿</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>expected weeks, such as 20 or 20+3</source>
        <translation>请输入孕周，如 20 或 20+3</translation>
    </message>
    <message>
        <source>Outside 18 to 28 weeks: do not rely on the scores</source>
        <translation>不在 18 至 28 周内：评分不可依赖</translation>
    </message>
</context>
<context>
    <name>Exams</name>
    <message>
        <source>Exam</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Weeks</source>
        <translation>孕周</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>操作者</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>Flags</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>hidden for the second reader</source>
        <translation>对第二阅片者隐藏</translation>
    </message>
    <message>
        <source>open</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>已结束</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>asks for a second look</source>
        <translation>需复看</translation>
    </message>
    <message>
        <source>Fetus</source>
        <translation>胎儿</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>palate view flagged, lip view without a sign</source>
        <translation>腭切面有标记，唇切面无征象</translation>
    </message>
    <message>
        <source>both views shown, none flagged, scores between the operating points</source>
        <translation>两切面均已显示，无标记，评分介于两个工作点之间</translation>
    </message>
    <message>
        <source>Exported for an expert, without names or dates: {folder}</source>
        <translation>已导出给专家，不含姓名和日期：{folder}</translation>
    </message>
    <message>
        <source>Answer read into {exam}</source>
        <translation>已将答复读入 {exam}</translation>
    </message>
    <message>
        <source>Written: {path}</source>
        <translation>已写入：{path}</translation>
    </message>
    <message>
        <source>Exams</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>All exams</source>
        <translation>所有检查</translation>
    </message>
    <message>
        <source>Second look</source>
        <translation>复看</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Filter: part of exam, operator, preset or model</source>
        <translation>筛选：检查、操作者、预设或模型的一部分</translation>
    </message>
    <message>
        <source>Open  ⏎</source>
        <translation>打开  ⏎</translation>
    </message>
    <message>
        <source>Read as second reader</source>
        <translation>作为第二读者阅片</translation>
    </message>
    <message>
        <source>Export for an expert</source>
        <translation>导出给专家</translation>
    </message>
    <message>
        <source>Read an answer…</source>
        <translation>读入答复…</translation>
    </message>
    <message>
        <source>Write CSV</source>
        <translation>写出 CSV</translation>
    </message>
    <message>
        <source>By preset</source>
        <translation>按预设</translation>
    </message>
    <message>
        <source>By operator</source>
        <translation>按操作者</translation>
    </message>
    <message>
        <source>No exam matches the filter</source>
        <translation>没有符合筛选条件的检查</translation>
    </message>
    <message>
        <source>No exam yet: one begins by itself with a live source, N begins the next</source>
        <translation>还没有检查：接入实时来源时自动开始，按 N 开始下一个</translation>
    </message>
    <message>
        <source>No exam waits for a second look: ambiguous and discordant ones come here</source>
        <translation>没有待复看的检查：不明确和不一致的检查会列在这里</translation>
    </message>
    <message>
        <source>{count} exams</source>
        <translation>{count} 次检查</translation>
    </message>
    <message>
        <source>{count} wait</source>
        <translation>{count} 个待复看</translation>
    </message>
</context>
<context>
    <name>ExportPreview</name>
    <message>
        <source>{exam} as {folder}</source>
        <translation>{exam}，导出为 {folder}</translation>
    </message>
    <message>
        <source>Write this folder  ⏎</source>
        <translation>写出该文件夹  ⏎</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
</context>
<context>
    <name>Feed</name>
    <message>
        <source>AI runs on {provider}: {why}</source>
        <translation>AI 在 {provider} 上运行：{why}</translation>
    </message>
    <message>
        <source>the source cannot be opened</source>
        <translation>来源无法打开</translation>
    </message>
    <message>
        <source>frame {index} of {count}</source>
        <translation>第 {index} 帧，共 {count} 帧</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>回看</translation>
    </message>
    <message>
        <source>No exam   ·   counted since {time}</source>
        <translation>无检查   ·   自 {time} 起计</translation>
    </message>
    <message>
        <source>No scan sector was found: the whole picture is used</source>
        <translation>未找到扫描区：使用整幅画面</translation>
    </message>
</context>
<context>
    <name>Handlers</name>
    <message>
        <source>Drag the edges of the scan; Enter when done</source>
        <translation>拖动扫描区边缘；完成后按回车</translation>
    </message>
    <message>
        <source>There is no picture to set a region on yet</source>
        <translation>还没有可设定区域的图像</translation>
    </message>
    <message>
        <source>Looking for the scan region</source>
        <translation>正在寻找扫描区</translation>
    </message>
    <message>
        <source>There is no picture to keep yet</source>
        <translation>还没有可保留的图像</translation>
    </message>
    <message>
        <source>Frame kept {time}</source>
        <translation>已保留图像 {time}</translation>
    </message>
    <message>
        <source>There is no flag to dismiss</source>
        <translation>没有可撤销的标记</translation>
    </message>
    <message>
        <source>Flag {number} dismissed; it stays in the verdict for the fetus</source>
        <translation>标记 {number} 已撤销；胎儿结论中仍保留</translation>
    </message>
    <message>
        <source>Press {key} again to clear everything for a new exam</source>
        <translation>再按一次 {key}，清除全部并开始新检查</translation>
    </message>
    <message>
        <source>New exam</source>
        <translation>新检查</translation>
    </message>
    <message>
        <source>There is no exam yet</source>
        <translation>还没有检查</translation>
    </message>
    <message>
        <source>There cannot be more fetuses</source>
        <translation>胎儿数已达上限</translation>
    </message>
    <message>
        <source>Fetus {label}</source>
        <translation>胎儿 {label}</translation>
    </message>
    <message>
        <source>Recording: the whole exam</source>
        <translation>录制：整个检查</translation>
    </message>
    <message>
        <source>Recording: clips of 1 s before and after flags and kept frames</source>
        <translation>录制：标记和保留帧前后各 1 秒的片段</translation>
    </message>
    <message>
        <source>Recording is off: no video of this exam is stored</source>
        <translation>录制已关闭：本次检查不存储视频</translation>
    </message>
    <message>
        <source>There is no flag in this loop so far</source>
        <translation>此段录像目前没有标记</translation>
    </message>
    <message>
        <source>There is no score in this loop so far</source>
        <translation>此段录像目前没有评分</translation>
    </message>
    <message>
        <source>There is only one screen</source>
        <translation>只有一个屏幕</translation>
    </message>
    <message>
        <source>From the next exam on the AI is seen while scanning</source>
        <translation>从下一次检查起，扫描时显示 AI</translation>
    </message>
    <message>
        <source>From the next exam on the AI is hidden until your own call is given</source>
        <translation>从下一次检查起，在您作出判断前隐藏 AI</translation>
    </message>
    <message>
        <source>Freeze the picture first, then measure</source>
        <translation>请先冻结图像再测量</translation>
    </message>
    <message>
        <source>There is no picture to measure yet</source>
        <translation>还没有可测量的图像</translation>
    </message>
    <message>
        <source>Width {mm} mm (scale: {scale})</source>
        <translation>宽度 {mm} mm（比例：{scale}）</translation>
    </message>
</context>
<context>
    <name>HeatmapControls</name>
    <message>
        <source>Heat-map</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Contour</source>
        <translation>轮廓</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>Hold {key} to see the bare scan</source>
        <translation>按住 {key} 看原始图像</translation>
    </message>
</context>
<context>
    <name>KeptFrames</name>
    <message>
        <source>Kept</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>The best frame of each view and every flag are kept by themselves.</source>
        <translation>每个切面的最佳帧和每个标记都会自动保留。</translation>
    </message>
    <message>
        <source>no view</source>
        <translation>非目标切面</translation>
    </message>
</context>
<context>
    <name>KeptView</name>
    <message>
        <source>Kept {time}, not live</source>
        <translation>保留图像 {time}，非实时</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>score {score}</source>
        <translation>评分 {score}</translation>
    </message>
</context>
<context>
    <name>Messages</name>
    <message>
        <source>note</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Log file: {path}</source>
        <translation>日志文件：{path}</translation>
    </message>
    <message>
        <source>Nothing has been reported.</source>
        <translation>没有消息。</translation>
    </message>
</context>
<context>
    <name>Offers</name>
    <message>
        <source>Demo loop</source>
        <translation>演示录像</translation>
    </message>
    <message>
        <source>Bundled; a synthetic phantom</source>
        <translation>自带；合成模体</translation>
    </message>
    <message>
        <source>Live phantom</source>
        <translation>实时模体</translation>
    </message>
    <message>
        <source>Synthetic, endless</source>
        <translation>合成，无尽</translation>
    </message>
    <message>
        <source>Used before</source>
        <translation>用过</translation>
    </message>
    <message>
        <source>Capture card</source>
        <translation>采集卡</translation>
    </message>
    <message>
        <source>What this screen shows</source>
        <translation>本屏幕的画面</translation>
    </message>
</context>
<context>
    <name>Pacs</name>
    <message>
        <source>Without exams there is no PACS here</source>
        <translation>没有检查记录，无法使用 PACS</translation>
    </message>
    <message>
        <source>Leave the patient-safe view first: names would show</source>
        <translation>请先退出患者可见画面：否则会显示姓名</translation>
    </message>
    <message>
        <source>Choose a live source first, then the entry</source>
        <translation>请先选择实时信号源，再选择条目</translation>
    </message>
    <message>
        <source>{calling} has pushed a {what}: Shift+F, “Arrived” shows it</source>
        <translation>{calling} 推送来一个{what}：按 Shift+F，在“已收到”中查看</translation>
    </message>
    <message>
        <source>{exam}: {count} objects are on their way to {peer}</source>
        <translation>{exam}：{count} 个对象正在发送到 {peer}</translation>
    </message>
    <message>
        <source>to PACS</source>
        <translation>发往 PACS</translation>
    </message>
    <message>
        <source>{count} failed</source>
        <translation>{count} 个失败</translation>
    </message>
    <message>
        <source>PACS</source>
        <translation>PACS</translation>
    </message>
    <message>
        <source>Worklist</source>
        <translation>工作列表</translation>
    </message>
    <message>
        <source>Studies</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天内</translation>
    </message>
    <message>
        <source>Any day</source>
        <translation>任意日期</translation>
    </message>
    <message>
        <source>Patient ID, then Enter</source>
        <translation>患者编号，然后回车</translation>
    </message>
    <message>
        <source>Arrived: {count}</source>
        <translation>已收到：{count}</translation>
    </message>
    <message>
        <source>New exam for this entry  ⏎</source>
        <translation>为该条目开始新检查  ⏎</translation>
    </message>
    <message>
        <source>Bring it here  ⏎</source>
        <translation>取回  ⏎</translation>
    </message>
    <message>
        <source>Open  ⏎</source>
        <translation>打开  ⏎</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>正在查询…</translation>
    </message>
    <message>
        <source>This entry has values that DICOM does not allow</source>
        <translation>该条目含有 DICOM 不允许的值</translation>
    </message>
    <message>
        <source>Bringing it…</source>
        <translation>正在取回…</translation>
    </message>
    <message>
        <source>{count} came</source>
        <translation>已取回 {count} 个</translation>
    </message>
    <message>
        <source>, {count} did not come</source>
        <translation>，{count} 个未取回</translation>
    </message>
    <message>
        <source>{count} found</source>
        <translation>找到 {count} 个</translation>
    </message>
    <message>
        <source>Nobody is expected then. An exam can begin without an entry, too</source>
        <translation>这段时间没有预约。没有预约条目也可以开始检查</translation>
    </message>
    <message>
        <source>No study was found: ask for other days, or look for a patient&apos;s ID</source>
        <translation>没有找到检查：请换其他日期，或按患者 ID 查找</translation>
    </message>
    <message>
        <source>, and there are more: narrow the search</source>
        <translation>，还有更多：请缩小范围</translation>
    </message>
    <message>
        <source>Looking at what would be sent…</source>
        <translation>正在准备预览…</translation>
    </message>
    <message>
        <source>de-identified</source>
        <translation>已去标识</translation>
    </message>
    <message>
        <source>with the patient of the order</source>
        <translation>含申请单患者信息</translation>
    </message>
    <message>
        <source>{exam}: {count} objects, {whose}</source>
        <translation>{exam}：{count} 个对象，{whose}</translation>
    </message>
    <message>
        <source>Send to {peer}</source>
        <translation>发送到 {peer}</translation>
    </message>
    <message>
        <source>Enter on an exam shows what would be sent</source>
        <translation>在检查上按回车可预览将发送的内容</translation>
    </message>
    <message>
        <source>Preview with the order&apos;s patient</source>
        <translation>预览（含申请单患者）</translation>
    </message>
    <message>
        <source>Preview de-identified</source>
        <translation>预览（去标识）</translation>
    </message>
    <message>
        <source>Try again now</source>
        <translation>立即重试</translation>
    </message>
    <message>
        <source>Give up what failed</source>
        <translation>放弃失败项</translation>
    </message>
    <message>
        <source>No order was chosen for this exam</source>
        <translation>该检查未选择申请单</translation>
    </message>
    <message>
        <source>Order: {name}, {id}</source>
        <translation>申请单：{name}，{id}</translation>
    </message>
    <message>
        <source>No exam has ended yet: an exam can be sent from here once it has ended</source>
        <translation>还没有已结束的检查：检查结束后可在此发送</translation>
    </message>
    <message>
        <source>Making the objects…</source>
        <translation>正在生成对象…</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>ID</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Examination</source>
        <translation>检查项目</translation>
    </message>
    <message>
        <source>Station</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>对象数</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>序号</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来自</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>cine, {frames} frames</source>
        <translation>动态图像，{frames} 帧</translation>
    </message>
    <message>
        <source>Exam</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>{count} wait to be sent</source>
        <translation>{count} 个等待发送</translation>
    </message>
    <message>
        <source>{count} sent, not confirmed yet</source>
        <translation>{count} 个已发送、尚未确认</translation>
    </message>
    <message>
        <source>{count} sent in the last 30 days</source>
        <translation>30 天内已发送 {count} 个</translation>
    </message>
    <message>
        <source>Nothing waits to be sent</source>
        <translation>没有等待发送的内容</translation>
    </message>
    <message>
        <source>No worklist is set up yet.</source>
        <translation>尚未设置工作列表。</translation>
    </message>
    <message>
        <source>No PACS to look in is set up yet.</source>
        <translation>尚未设置可查询的 PACS。</translation>
    </message>
    <message>
        <source>No PACS to send to is set up yet.</source>
        <translation>尚未设置用于发送的 PACS。</translation>
    </message>
    <message>
        <source>{what} Enter its address in the file pacs.json in {folder}, with “{use}” among what it is for; the log has an example.</source>
        <translation>{what}请在 {folder} 的 pacs.json 文件中填写其地址，并在用途中写入“{use}”；日志中有示例。</translation>
    </message>
    <message>
        <source>This study has no cine and no picture</source>
        <translation>此检查没有动态影像或图像</translation>
    </message>
</context>
<context>
    <name>Picker</name>
    <message>
        <source>Choose a source</source>
        <translation>选择图像来源</translation>
    </message>
    <message>
        <source>A path or an address: udp://…  rtsp://…  igtl://host:port  card:…  screen:</source>
        <translation>路径或地址：udp://…  rtsp://…  igtl://主机:端口  card:…  screen:</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Exams</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Or drop a film, picture, DICOM file or folder anywhere in the window.</source>
        <translation>也可把影片、图片、DICOM 文件或文件夹拖到窗口任意处。</translation>
    </message>
</context>
<context>
    <name>Quality</name>
    <message>
        <source>Mean score and plane quality</source>
        <translation>平均评分和切面质量</translation>
    </message>
    <message>
        <source>score</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Share of fetuses</source>
        <translation>胎儿比例</translation>
    </message>
    <message>
        <source>both views shown</source>
        <translation>两切面均显示</translation>
    </message>
    <message>
        <source>ambiguous</source>
        <translation>不明确</translation>
    </message>
    <message>
        <source>discordant</source>
        <translation>不一致</translation>
    </message>
    <message>
        <source>Seconds until both views were shown (median)</source>
        <translation>两切面均显示所需秒数（中位数）</translation>
    </message>
    <message>
        <source>{count} fetuses · both views shown {complete} · ambiguous {ambiguous} · discordant {discordant}</source>
        <translation>{count} 个胎儿 · 两切面均显示 {complete} · 不明确 {ambiguous} · 不一致 {discordant}</translation>
    </message>
</context>
<context>
    <name>QuestionStrip</name>
    <message>
        <source>Another patient? The words round the scan have changed.</source>
        <translation>换了受检者？扫描周围的文字已改变。</translation>
    </message>
    <message>
        <source>Nothing counts until you answer.</source>
        <translation>回答之前，一切都不计入。</translation>
    </message>
    <message>
        <source>New exam  {key}</source>
        <translation>新检查  {key}</translation>
    </message>
    <message>
        <source>Same patient  {key}</source>
        <translation>同一受检者  {key}</translation>
    </message>
</context>
<context>
    <name>ReaderStrip</name>
    <message>
        <source>Cleft sign</source>
        <translation>有裂征象</translation>
    </message>
    <message>
        <source>No cleft sign</source>
        <translation>无裂征象</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>Fetus {label}: your own call. The AI is hidden.</source>
        <translation>胎儿 {label}：您自己的判断。AI 已隐藏。</translation>
    </message>
    <message>
        <source>Fetus {label}: your own call. The AI was seen before; that is stored.</source>
        <translation>胎儿 {label}：您自己的判断。此前已看到 AI 结果，此情况会被记录。</translation>
    </message>
    <message>
        <source>Fetus {label}: the AI is shown. Your final call:</source>
        <translation>胎儿 {label}：已显示 AI。您的最终判断：</translation>
    </message>
    <message>
        <source>{call}. How sure are you?</source>
        <translation>{call}。您有多确定？</translation>
    </message>
    <message>
        <source>number keys</source>
        <translation>数字键</translation>
    </message>
</context>
<context>
    <name>Readings</name>
    <message>
        <source>scan {rate} Hz</source>
        <translation>扫描 {rate} Hz</translation>
    </message>
    <message>
        <source>AI off</source>
        <translation>AI 已关闭</translation>
    </message>
    <message>
        <source>AI failed; the picture goes on</source>
        <translation>AI 出错；图像继续</translation>
    </message>
    <message>
        <source>AI is starting</source>
        <translation>AI 正在启动</translation>
    </message>
    <message>
        <source>source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>丢失</translation>
    </message>
    <message>
        <source>model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>overlay</source>
        <translation>叠加</translation>
    </message>
    <message>
        <source>not found, whole picture</source>
        <translation>未找到，使用整幅画面</translation>
    </message>
    <message>
        <source>scan sector</source>
        <translation>扫描区</translation>
    </message>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>{ai} of {scan} scans per s</source>
        <translation>每秒 {ai} / {scan} 帧</translation>
    </message>
    <message>
        <source>, behind</source>
        <translation>，跟不上</translation>
    </message>
    <message>
        <source>runs on</source>
        <translation>运行于</translation>
    </message>
    <message>
        <source>{provider} (fall-back)</source>
        <translation>{provider}（后备）</translation>
    </message>
</context>
<context>
    <name>Recording</name>
    <message>
        <source>NOT RECORDING</source>
        <translation>未录制</translation>
    </message>
    <message>
        <source>exam begins with the picture</source>
        <translation>有图像时检查开始</translation>
    </message>
    <message>
        <source>RECORDING IS OFF</source>
        <translation>录制已关闭</translation>
    </message>
    <message>
        <source>REC {time}</source>
        <translation>录制 {time}</translation>
    </message>
    <message>
        <source>REC clips {time}</source>
        <translation>录制片段 {time}</translation>
    </message>
    <message>
        <source>{count} frames lost</source>
        <translation>丢失 {count} 帧</translation>
    </message>
    <message>
        <source>disk low: {minutes} min left</source>
        <translation>磁盘不足：剩 {minutes} 分钟</translation>
    </message>
    <message>
        <source>disk trouble</source>
        <translation>磁盘故障</translation>
    </message>
    <message>
        <source>STOPPED: disk full</source>
        <translation>已停止：磁盘已满</translation>
    </message>
    <message>
        <source>STOPPED: disk</source>
        <translation>已停止：磁盘</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>Words on flags are stored with an exam; this picture belongs to none</source>
        <translation>对标记的意见随检查保存；当前图像不属于任何检查</translation>
    </message>
    <message>
        <source>Words on flags are given in review, once the exam has ended</source>
        <translation>检查结束后，在回看中对标记给出意见</translation>
    </message>
    <message>
        <source>This exam has no flag</source>
        <translation>此检查没有标记</translation>
    </message>
    <message>
        <source>There is no exam to take a note for</source>
        <translation>没有可添加备注的检查</translation>
    </message>
    <message>
        <source>Note stored</source>
        <translation>备注已保存</translation>
    </message>
    <message>
        <source>There is no exam to read</source>
        <translation>没有可阅的检查</translation>
    </message>
    <message>
        <source>Own call: {own}. Final call: {final}.</source>
        <translation>自己的判断：{own}。最终判断：{final}。</translation>
    </message>
    <message>
        <source>fetus {label}</source>
        <translation>胎儿 {label}</translation>
    </message>
    <message>
        <source>read while scanning</source>
        <translation>扫描时同步阅片</translation>
    </message>
    <message>
        <source>second reader</source>
        <translation>第二读者</translation>
    </message>
    <message>
        <source> · second readings: {count}</source>
        <translation> · {count} 次第二读者阅片</translation>
    </message>
    <message>
        <source>Note: {text}</source>
        <translation>备注：{text}</translation>
    </message>
    <message>
        <source>notes: {count}</source>
        <translation>备注：{count} 条</translation>
    </message>
    <message>
        <source>Flag {number}, {view}</source>
        <translation>标记 {number}，{view}</translation>
    </message>
    <message>
        <source>agreed</source>
        <translation>已同意</translation>
    </message>
    <message>
        <source>disagreed</source>
        <translation>已反对</translation>
    </message>
    <message>
        <source>unsure</source>
        <translation>不确定</translation>
    </message>
</context>
<context>
    <name>ReviewStrip</name>
    <message>
        <source>side: not said</source>
        <translation>侧别：未注明</translation>
    </message>
    <message>
        <source>image left</source>
        <translation>图像左侧</translation>
    </message>
    <message>
        <source>image right</source>
        <translation>图像右侧</translation>
    </message>
    <message>
        <source>both sides</source>
        <translation>双侧</translation>
    </message>
    <message>
        <source>median</source>
        <translation>正中</translation>
    </message>
    <message>
        <source>kind: not said</source>
        <translation>类型：未注明</translation>
    </message>
    <message>
        <source>lip</source>
        <translation>唇</translation>
    </message>
    <message>
        <source>lip and alveolus</source>
        <translation>唇和牙槽突</translation>
    </message>
    <message>
        <source>lip and palate</source>
        <translation>唇和腭</translation>
    </message>
    <message>
        <source>palate alone</source>
        <translation>仅腭</translation>
    </message>
    <message>
        <source>Agree</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Disagree</source>
        <translation>不同意</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>不确定</translation>
    </message>
    <message>
        <source>Comment, stored with the exam; no names</source>
        <translation>备注，随检查存储；请勿写姓名</translation>
    </message>
    <message>
        <source>Store  ⏎</source>
        <translation>存储  ⏎</translation>
    </message>
</context>
<context>
    <name>Ruler</name>
    <message>
        <source>Put the ends on two depth ticks. Their distance, in mm:</source>
        <translation>将两端放在两个深度刻度上。其距离（mm）：</translation>
    </message>
    <message>
        <source>Enter takes it, Esc leaves</source>
        <translation>回车确定，Esc 退出</translation>
    </message>
    <message>
        <source>two points by hand</source>
        <translation>手动两点</translation>
    </message>
    <message>
        <source>depth marks taken as 1 cm</source>
        <translation>深度刻度按 1 cm 计</translation>
    </message>
    <message>
        <source>DICOM header</source>
        <translation>DICOM 文件头</translation>
    </message>
    <message>
        <source>header of the stream</source>
        <translation>视频流头信息</translation>
    </message>
    <message>
        <source>phantom</source>
        <translation>模体</translation>
    </message>
    <message>
        <source>told by the source</source>
        <translation>由来源提供</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>{px} px: the scale is not known, Shift+M tells it</source>
        <translation>{px} 像素：比例未知，按 Shift+M 定标</translation>
    </message>
    <message>
        <source>{mm} mm  ({source})</source>
        <translation>{mm} mm（{source}）</translation>
    </message>
</context>
<context>
    <name>ScanView</name>
    <message>
        <source>Image left</source>
        <translation>图像左侧</translation>
    </message>
    <message>
        <source>Image right</source>
        <translation>图像右侧</translation>
    </message>
    <message>
        <source>low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>high</source>
        <translation>高</translation>
    </message>
    <message>
        <source>No source</source>
        <translation>没有来源</translation>
    </message>
    <message>
        <source>Choose a source to begin</source>
        <translation>请选择图像来源</translation>
    </message>
    <message>
        <source>Opening the source</source>
        <translation>正在打开来源</translation>
    </message>
    <message>
        <source>NO SIGNAL</source>
        <translation>无信号</translation>
    </message>
    <message>
        <source>No picture comes from the source</source>
        <translation>来源没有送来图像</translation>
    </message>
    <message>
        <source>The source sends an empty picture</source>
        <translation>来源送来空白画面</translation>
    </message>
    <message>
        <source>reconnecting, attempt {n}</source>
        <translation>正在重新连接，第 {n} 次</translation>
    </message>
    <message>
        <source>CONNECTION LOST</source>
        <translation>连接中断</translation>
    </message>
    <message>
        <source>FROZEN</source>
        <translation>画面冻结</translation>
    </message>
    <message>
        <source>evidence is not accumulating</source>
        <translation>不再累计依据</translation>
    </message>
    <message>
        <source>End of the recording</source>
        <translation>录像结束</translation>
    </message>
    <message>
        <source>NO SOURCE</source>
        <translation>无来源</translation>
    </message>
    <message>
        <source>bare scan</source>
        <translation>原始图像</translation>
    </message>
    <message>
        <source>AI behind</source>
        <translation>AI 跟不上</translation>
    </message>
    <message>
        <source>heat-map {ms} ms old</source>
        <translation>热图已 {ms} ms</translation>
    </message>
    <message>
        <source>AI {ms} ms old</source>
        <translation>AI 结果已 {ms} ms</translation>
    </message>
    <message>
        <source>heat-map on its own frame</source>
        <translation>热图与本帧同步</translation>
    </message>
    <message>
        <source>AI on this frame</source>
        <translation>AI 与本帧同步</translation>
    </message>
    <message>
        <source>heat-map on its own frame · {ms} ms</source>
        <translation>热图与本帧同步 · {ms} ms</translation>
    </message>
    <message>
        <source>AI on this frame · {ms} ms</source>
        <translation>AI 与本帧同步 · {ms} ms</translation>
    </message>
</context>
<context>
    <name>ScoreArc</name>
    <message>
        <source>look</source>
        <translation>再看</translation>
    </message>
    <message>
        <source>flag</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>model score</source>
        <translation>模型评分</translation>
    </message>
    <message>
        <source>not the probability of a cleft</source>
        <translation>不是唇腭裂的概率</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keys and pedals</source>
        <translation>按键与踏板</translation>
    </message>
    <message>
        <source>A USB foot pedal sends keys: F13, F14 and F15 are its usual ones. Others are set in settings.json under keys and pedals.</source>
        <translation>USB 脚踏板发送按键：通常是 F13、F14、F15。其他按键可在 settings.json 的 keys 和 pedals 中设定。</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Score, last {seconds} s</source>
        <translation>评分，最近 {seconds} 秒</translation>
    </message>
    <message>
        <source>Score, whole loop</source>
        <translation>评分，整段录像</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>NO SOURCE</source>
        <translation>无来源</translation>
    </message>
    <message>
        <source>OPENING</source>
        <translation>正在打开</translation>
    </message>
    <message>
        <source>LIVE</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>REPLAY</source>
        <translation>回放</translation>
    </message>
    <message>
        <source>PAUSED</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>FROZEN</source>
        <translation>画面冻结</translation>
    </message>
    <message>
        <source>NO SIGNAL</source>
        <translation>无信号</translation>
    </message>
    <message>
        <source>ENDED</source>
        <translation>结束</translation>
    </message>
</context>
<context>
    <name>ViewChecklist</name>
    <message>
        <source>Views</source>
        <translation>切面</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>not seen yet</source>
        <translation>尚未见到</translation>
    </message>
    <message>
        <source>Not assessed</source>
        <translation>未评估</translation>
    </message>
    <message>
        <source>Searching</source>
        <translation>寻找中</translation>
    </message>
    <message>
        <source>Gathering</source>
        <translation>采集中</translation>
    </message>
    <message>
        <source>No sign in this view</source>
        <translation>本切面未见征象</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>请再看</translation>
    </message>
    <message>
        <source>Flag</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>AI is off</source>
        <translation>AI 已关闭</translation>
    </message>
    <message>
        <source>AI has failed; the picture goes on</source>
        <translation>AI 出错；图像继续</translation>
    </message>
    <message>
        <source>AI stays off: its self-test failed</source>
        <translation>AI 未启用：自检未通过</translation>
    </message>
    <message>
        <source>AI is warming up</source>
        <translation>AI 正在预热</translation>
    </message>
    <message>
        <source>no signal</source>
        <translation>无信号</translation>
    </message>
    <message>
        <source>picture frozen; not counting</source>
        <translation>画面冻结；不计入</translation>
    </message>
    <message>
        <source>no scan sector found; the whole picture is used</source>
        <translation>未找到扫描区；使用整幅画面</translation>
    </message>
    <message>
        <source>not a lip or palate view</source>
        <translation>不是唇部或腭部切面</translation>
    </message>
    <message>
        <source>view not clear</source>
        <translation>切面不明确</translation>
    </message>
    <message>
        <source>poor plane</source>
        <translation>切面质量差</translation>
    </message>
    <message>
        <source>hold this plane a moment</source>
        <translation>请保持此切面片刻</translation>
    </message>
    <message>
        <source>steadily low on the last frames</source>
        <translation>最近各帧持续偏低</translation>
    </message>
    <message>
        <source>some frames above the look-again point</source>
        <translation>部分帧高于再看阈值</translation>
    </message>
    <message>
        <source>most frames above the look-again point</source>
        <translation>多数帧高于再看阈值</translation>
    </message>
    <message>
        <source>Fetus: not assessed yet</source>
        <translation>胎儿：尚未评估</translation>
    </message>
    <message>
        <source>Fetus: incomplete, lip view missing</source>
        <translation>胎儿：不完整，缺唇部切面</translation>
    </message>
    <message>
        <source>Fetus: incomplete, palate view missing</source>
        <translation>胎儿：不完整，缺腭部切面</translation>
    </message>
    <message>
        <source>Fetus: lip view suspect, palate view missing; ask an expert</source>
        <translation>胎儿：唇部切面可疑，缺腭部切面；请专家会诊</translation>
    </message>
    <message>
        <source>Fetus: palate view suspect, lip view missing; ask an expert</source>
        <translation>胎儿：腭部切面可疑，缺唇部切面；请专家会诊</translation>
    </message>
    <message>
        <source>Fetus: lip view suspect, palate view without a sign; ask an expert</source>
        <translation>胎儿：唇部切面可疑，腭部切面未见征象；请专家会诊</translation>
    </message>
    <message>
        <source>Fetus: lip and palate views suspect; ask an expert</source>
        <translation>胎儿：唇部与腭部切面均可疑；请专家会诊</translation>
    </message>
    <message>
        <source>Fetus: palate view suspect, lip view without a sign; ask an expert</source>
        <translation>胎儿：腭部切面可疑，唇部切面未见征象；请专家会诊</translation>
    </message>
    <message>
        <source>Fetus: both views shown, not clear; ask an expert to look again</source>
        <translation>胎儿：两个切面均已显示，结果不明确；请专家再看</translation>
    </message>
    <message>
        <source>Fetus: no sign in the two views shown</source>
        <translation>胎儿：所示两个切面未见征象</translation>
    </message>
    <message>
        <source>lip view</source>
        <translation>唇部切面</translation>
    </message>
    <message>
        <source>palate view</source>
        <translation>腭部切面</translation>
    </message>
    <message>
        <source>Lip</source>
        <translation>唇</translation>
    </message>
    <message>
        <source>Palate</source>
        <translation>腭</translation>
    </message>
    <message>
        <source>searching</source>
        <translation>寻找中</translation>
    </message>
    <message>
        <source>Research and training use. Not a medical device, not a diagnosis. Isolated cleft palate is not excluded.</source>
        <translation>仅供研究与培训。非医疗器械，不作诊断。不能排除单纯腭裂。</translation>
    </message>
    <message>
        <source>trained on a synthetic phantom</source>
        <translation>以合成模体训练</translation>
    </message>
    <message>
        <source>good plane</source>
        <translation>切面质量好</translation>
    </message>
    <message>
        <source>fair plane</source>
        <translation>切面质量一般</translation>
    </message>
    <message>
        <source>high score on {hits} of the last {window} scans</source>
        <translation>最近 {window} 帧中 {hits} 帧评分偏高</translation>
    </message>
    <message>
        <source>no sign</source>
        <translation>未见征象</translation>
    </message>
    <message>
        <source>gathering {bars}/{all}</source>
        <translation>采集中 {bars}/{all}</translation>
    </message>
</context>
</TS>
