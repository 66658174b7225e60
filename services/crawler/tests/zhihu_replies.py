"""What Zhihu answers with."""

import json

HASH, OTHER, WATERMARKED = ("v2-" + letter * 32 for letter in "abc")
CONTENT = f"""<p>好</p><figure><noscript><img src="https://pic1.zhimg.com/50/{HASH}_720w.jpg?source=1"></noscript>
    <img src="data:image/svg+xml;utf8,x" data-actualsrc="https://pic2.zhimg.com/50/{HASH}_720w.jpg?source=1"
    data-default-watermark-src="https://pic4.zhimg.com/50/{WATERMARKED}_720w.jpg?source=1"
    data-original="https://pic3.zhimg.com/{HASH}_r.jpg?source=1"></figure>
    <img src="https://pic1.zhimg.com/80/{OTHER}_b.gif">"""
ANSWER = {"content": CONTENT, "author": {"name": "小明"}, "question": {"title": "有哪些熊猫头？"}}


def reply(*items: object, following: str = "") -> bytes:
    paging = {"is_end": not following, "next": following}
    return json.dumps({"data": items, "paging": paging}).encode()
